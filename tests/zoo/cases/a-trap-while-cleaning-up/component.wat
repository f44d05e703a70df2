(func $after-evaluate (export "cabi_post_provisor:connector/evaluation@0.1.0#evaluate") (param i32)
  unreachable)
