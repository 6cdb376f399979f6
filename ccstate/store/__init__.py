"""What is kept between runs: state, journal, lock and plan files, on the local disk."""
