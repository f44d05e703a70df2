%{30|(table 1 funcref)
}
