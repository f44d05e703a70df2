(import "wasi:clocks/monotonic-clock@0.2.0" "subscribe-duration" (func $wait (param i64) (result i32)))
(func $evaluate (export "provisor:connector/evaluation@0.1.0#evaluate")
  (param $columns i32) (param $columns-length i32) (param $text i32) (param $text-length i32)
  (param $values i32) (param $values-length i32) (param $cells i32) (param $cells-length i32)
  (result i32)
  (loop $again
    (drop (call $wait (i64.const 1)))
    (br $again))
  unreachable)
