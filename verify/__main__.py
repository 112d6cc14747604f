"""`python -m verify` is the command `touchstone`."""

from verify.command_line import main

if __name__ == "__main__":
    main()
