"""`python -m nnbuild` is the command line."""

from nnbuild.cli.main import main

if __name__ == "__main__":
    main()
