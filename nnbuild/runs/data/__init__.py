"""A file of data -> the features and targets that a command trains, tests or predicts on."""
