"""`python -m callboard.cli` is `callboard`."""

from callboard.cli import main

if __name__ == "__main__":
    main()
