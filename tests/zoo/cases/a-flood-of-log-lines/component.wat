(import "provisor:connector/log@0.1.0" "write" (func $log (param i32 i32 i32)))
(func $evaluate (export "provisor:connector/evaluation@0.1.0#evaluate")
  (param $columns i32) (param $columns-length i32) (param $text i32) (param $text-length i32)
  (param $values i32) (param $values-length i32) (param $cells i32) (param $cells-length i32)
  (result i32)
  (loop $again
    (call $log (i32.const 1) (i32.const 0) (i32.const 60000))
    (br $again))
  unreachable)
