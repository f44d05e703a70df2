(component
  (core module $m (@custom "provisor:about" "{\"world\":\"mapping\",\"name\":\"zoo\",\"version\":\"1.0.0\",\"summary\":\"Echoes.\",\"capabilities\":[],\"settings-schema\":{},\"origins\":[]}"))
  %{10000|(core instance (instantiate $m)) }
  (instance $nothing)
  (export "provisor:connector/about@0.1.0" (instance $nothing))
  (export "provisor:connector/evaluation@0.1.0" (instance $nothing)))
