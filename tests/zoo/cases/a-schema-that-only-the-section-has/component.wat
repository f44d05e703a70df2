(data $texts (i32.const 16) "zoo1.0.0Echoes.[]")
