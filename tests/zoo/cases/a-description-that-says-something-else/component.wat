(data $texts (i32.const 16) "ooz1.0.0Echoes.{}")
