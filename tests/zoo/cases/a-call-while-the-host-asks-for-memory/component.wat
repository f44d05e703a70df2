;; While the host hands something over, nobody may call it: this is how one would be called from within.
(import "provisor:connector/log@0.1.0" "write" (func $log (param i32 i32 i32)))
(func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  (call $log (i32.const 0) (i32.const 16) (i32.const 3))
  i32.const 1024)
