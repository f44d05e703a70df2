;; All that the host hands over comes to lie at one place, and is no table any more.
(func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
  i32.const 1024)
