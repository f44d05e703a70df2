(component
  (import "wasi:http/outgoing-handler@0.2.0" (instance))
  (instance $nothing)
  (export "provisor:connector/about@0.1.0" (instance $nothing))
  (export "provisor:connector/evaluation@0.1.0" (instance $nothing)))
