# SPDX-License-Identifier: Apache-2.0
"""jupyter_kernel_test with every optional test switched on: a skipped one is a failure."""
import unittest

import jupyter_kernel_test


class AdjointTests(jupyter_kernel_test.KernelTests):
    kernel_name = 'adjoint'
    language_name = 'python'
    file_extension = '.adj'
    code_hello_world = "print('hello, world')"
    code_stderr = "import sys; print('test', file=sys.stderr)"
    completion_samples = [{'text': 'enumer', 'matches': {'enumerate'}},
                          {'text': 'torch.nn.Softsh', 'matches': {'Softshrink'}}]
    complete_code_samples = ['1', 'print("hello, world")', 'def f(x):\n  return x*2\n\n\n']
    incomplete_code_samples = ["print('''hello", 'def f(x):\n  x*2', 'for i in range(3):']
    invalid_code_samples = ['import = 7q', 'x = )']
    code_page_something = 'print?'
    code_generate_error = 'raise ValueError("no")'
    code_execute_result = [
        {'code': '1+2+3', 'result': '6'},
        {'code': '[n * n for n in range(1, 4)]', 'result': '[1, 4, 9]'},
        {'code': '"text"', 'result': "'text'"},
    ]
    code_display_data = [
        {'code': 'from IPython.display import HTML, display; display(HTML("<b>x</b>"))',
         'mime': 'text/html'},
        {'code': 'from IPython.display import SVG, display; display(SVG("<svg/>"))',
         'mime': 'image/svg+xml'},
    ]
    code_history_pattern = '1?2*'
    supported_history_operations = ('tail', 'range', 'search')
    code_inspect_sample = 'print'
    code_clear_output = 'from IPython.display import clear_output; clear_output()'


def run_one(name):
    result = unittest.TestResult()
    unittest.TestSuite([AdjointTests(name)]).run(result)
    wrong = result.failures + result.errors
    if result.skipped:
        raise AssertionError('skipped: ' + result.skipped[0][1])
    if wrong:
        raise AssertionError(wrong[0][1])


def point(name):
    def check():
        run_one(name)
    check.__doc__ = f'jupyter_kernel_test: {name[5:]}'
    return check


for test in unittest.defaultTestLoader.getTestCaseNames(AdjointTests):
    globals()['check_' + test[5:]] = point(test)
