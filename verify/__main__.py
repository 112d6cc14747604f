"""`python -m verify` is the command `touchstone`."""

from touchstone_command import main

if __name__ == "__main__":
    main()
