;; The core module of a mapping that behaves well: it gives back the table that it is given.
;;
;; What the names mean is said by the Canonical ABI of the component model. Lists and texts are a pointer and
;; a length; a record lies in memory field by field; a large result is returned as a pointer to it.
(module
  (@custom "provisor:about" "{\"world\":\"mapping\",\"name\":\"zoo\",\"version\":\"1.0.0\",\"summary\":\"Echoes.\",\"capabilities\":[],\"settings-schema\":{},\"origins\":[]}")

  (memory $memory (export "memory") 1)

  (data $texts (i32.const 16) "zoo1.0.0Echoes.{}")

  ;; name, version, summary, capabilities, settings-schema, origins
  (data $description (i32.const 64)
    "\10\00\00\00\03\00\00\00" "\13\00\00\00\05\00\00\00" "\18\00\00\00\07\00\00\00"
    "\00\00\00\00\00\00\00\00" "\1f\00\00\00\02\00\00\00" "\00\00\00\00\00\00\00\00")

  (func $describe (export "provisor:connector/about@0.1.0#describe") (result i32)
    i32.const 64)

  ;; At 128 lies an empty list.
  (func $check-settings (export "provisor:connector/about@0.1.0#check-settings") (result i32)
    i32.const 128)

  ;; At 192 lies the result: 0 for `ok`, then from 200 on the table and the remarks.
  (func $evaluate (export "provisor:connector/evaluation@0.1.0#evaluate")
    (param $columns i32) (param $columns-length i32) (param $text i32) (param $text-length i32)
    (param $values i32) (param $values-length i32) (param $cells i32) (param $cells-length i32)
    (result i32)
    (i32.store (i32.const 200) (local.get $columns))
    (i32.store (i32.const 204) (local.get $columns-length))
    (i32.store (i32.const 208) (local.get $text))
    (i32.store (i32.const 212) (local.get $text-length))
    (i32.store (i32.const 216) (local.get $values))
    (i32.store (i32.const 220) (local.get $values-length))
    (i32.store (i32.const 224) (local.get $cells))
    (i32.store (i32.const 228) (local.get $cells-length))
    i32.const 192)

  (func $after-evaluate (export "cabi_post_provisor:connector/evaluation@0.1.0#evaluate") (param i32))

  ;; Gives out memory from 1024 on, and takes none back.
  (global $free (mut i32) (i32.const 1024))
  (func $realloc (export "cabi_realloc")
    (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (local $place i32)
    (local.set $place
      (i32.and
        (i32.add (global.get $free) (i32.sub (local.get $align) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get $align))))
    (global.set $free (i32.add (local.get $place) (local.get $size)))
    (block $enough
      (br_if $enough (i32.le_u (global.get $free) (i32.shl (memory.size) (i32.const 16))))
      (br_if $enough
        (i32.ne (i32.const -1)
          (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get $size) (i32.const 16))))))
      unreachable)
    local.get $place)
)
