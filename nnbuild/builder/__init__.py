"""Recipe + shapes -> keras.Model.

The folder is not called `build` since that is the name of its function, and of folders that tools pass over.
"""
