"""What made a result: hashes of files, and which library modules a script uses."""
