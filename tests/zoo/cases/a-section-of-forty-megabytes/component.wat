(@custom "filler" "%{40000000|x}")
