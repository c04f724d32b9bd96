"""Short programs that lessons print where no lab runs the code: plain Python, standard library only, each run by a test."""
