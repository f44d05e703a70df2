(data $texts (i32.const 16) "\ff\fe\fd1.0.0Echoes.{}")
