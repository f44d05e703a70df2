;; Large, and no harm: nobody reads it.
(@custom "filler" "%{20000000|x}")
