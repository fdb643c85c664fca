"""The kernel in the hands of jupyter_kernel_test: every test that it can run runs."""
import unittest

import jupyter_kernel_test

# Its 15 seconds for a message are too few on a busy machine, and no test here is about time.
jupyter_kernel_test.TIMEOUT = 100


class TypeScriptKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = "typescript"
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world');"
    code_stderr = "console.error('trouble');"
    completion_samples = [
        {"text": "Math.ma", "matches": {"max"}},
        {"text": "[].fla", "matches": {"flat", "flatMap"}},
    ]
    complete_code_samples = ["1", "const a = 1;", "function f(x: number) {\n  return x;\n}\n"]
    incomplete_code_samples = ["function f(x: number) {", "const a = `open"]
    invalid_code_samples = ["const = 3;", "let 1a;"]
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": "['a', 1]", "result": "[ 'a', 1 ]"},
    ]
    code_display_data = [
        {
            "code": "import { display, html } from 'spikingssm';\nawait display(html('<b>hello</b>'));",
            "mime": "text/html",
        }
    ]
    code_generate_error = "throw new RangeError('too far');"
    code_inspect_sample = "Math.max"
    code_history_pattern = "6?* 7*"
    supported_history_operations = ("tail", "search", "range")
    code_clear_output = (
        "await (globalThis as any)[Symbol.for('Jupyter.broadcast')]('clear_output', { wait: false });"
    )


if __name__ == "__main__":
    unittest.main()
