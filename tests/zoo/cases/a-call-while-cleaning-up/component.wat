(import "provisor:connector/log@0.1.0" "write" (func $log (param i32 i32 i32)))
(func $after-evaluate (export "cabi_post_provisor:connector/evaluation@0.1.0#evaluate") (param i32)
  (call $log (i32.const 0) (i32.const 16) (i32.const 3)))
