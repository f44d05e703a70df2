//! A compiler and nothing else: what [`Compiler::Child`](provisor_sandbox::Compiler::Child) starts
//! where the program itself has no such command.

fn main() -> std::process::ExitCode {
    provisor_sandbox::compile_child_main()
}
