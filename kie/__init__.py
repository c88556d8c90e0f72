"""KIE: what TRT sells, at which price, and the jobs that are done there."""
