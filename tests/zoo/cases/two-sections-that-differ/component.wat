(component
  (core module (@custom "provisor:about" "{}"))
  (core module (@custom "provisor:about" "{ }"))
  (instance $nothing)
  (export "provisor:connector/about@0.1.0" (instance $nothing))
  (export "provisor:connector/evaluation@0.1.0" (instance $nothing)))
