(memory $memory (export "memory") 65536)
