(func $many (local %{100000|i64 }))
