"""`python -m modeldb` is `modeldb`."""

from modeldb.cli import main

if __name__ == "__main__":
    main()
