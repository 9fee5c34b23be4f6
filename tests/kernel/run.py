#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The kernel under real clients: run.py ADJOINT BUILD-FOLDER GROUP [--debian] [NAME ...]

GROUP is a file beside this one whose functions check_* are the points (TAP). They run under a
Python that has Jupyter's packages: a private environment in the build folder, made at first use
from PyPI's newest. Without the packages, and no network to get them, everything is skipped and
says so. With --debian the system's own Python and its older packages are used, if it has them.

Every run gets folders of its own for Jupyter's files, and the kernel is installed into them.
"""
import fcntl
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = ['jupyter_kernel_test', 'jupyter_client', 'nbclient', 'nbconvert', 'papermill',
            'jupyter-console', 'jupyterlab', 'websocket-client']
PROBES = {
    True: 'import jupyter_kernel_test, jupyter_client',
    False: 'import jupyter_kernel_test, nbclient, nbconvert, papermill, jupyter_console, '
           'jupyterlab, websocket',
}


def has_packages(python, debian):
    return os.path.exists(python) and subprocess.run(
        [python, '-c', PROBES[debian]], capture_output=True).returncode == 0


def make(folder):
    """Fills the private environment; two tests at once make it once."""
    with open(folder.parent / 'kernel-venv.lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if has_packages(folder / 'bin/python', False):
            return
        subprocess.run([sys.executable, '-m', 'venv', folder], check=True, capture_output=True)
        subprocess.run([folder / 'bin/python', '-m', 'pip', 'install', '-q', '--retries', '1',
                        '--timeout', '15', *PACKAGES],
                       check=True, capture_output=True, timeout=500)


def environment(build, debian):
    """A Python that has the packages, or None."""
    if debian:
        return '/usr/bin/python3' if has_packages('/usr/bin/python3', True) else None
    own = build / 'kernel-venv'
    for python in own / 'bin/python', build.parent / 'kernel-venv/bin/python':
        if has_packages(python, False):  # a build inside another one shares its environment
            return python
    try:
        make(own)
    except (OSError, subprocess.SubprocessError):
        return None
    return own / 'bin/python'


def main():
    adjoint, build, group = sys.argv[1:4]
    debian = '--debian' in sys.argv
    names = [a for a in sys.argv[4:] if a != '--debian']
    python = environment(pathlib.Path(build).resolve(), debian)
    if python is None:
        print('1..0 # SKIP no Jupyter packages here: ' + ', '.join(PACKAGES))
        return 0
    with tempfile.TemporaryDirectory(prefix='adjoint-kernel-') as folder:
        place = pathlib.Path(folder)
        env = {**os.environ, 'HOME': folder, 'JUPYTER_DATA_DIR': f'{folder}/data',
               'JUPYTER_RUNTIME_DIR': f'{folder}/runtime', 'XDG_STATE_HOME': f'{folder}/state',
               'JUPYTER_CONFIG_DIR': f'{folder}/config', 'IPYTHONDIR': f'{folder}/ipython',
               'JUPYTER_PLATFORM_DIRS': '1', 'PYDEVD_DISABLE_FILE_VALIDATION': '1',
               'PYTHONWARNINGS': 'ignore', 'PYTHONDONTWRITEBYTECODE': '1',
               'ADJOINT_PROGRAM': str(pathlib.Path(adjoint).resolve()),
               'ASAN_OPTIONS': os.environ.get('ASAN_OPTIONS', '') + f':log_path={folder}/asan'}
        (place / 'runtime').mkdir(mode=0o700)
        made = subprocess.run([adjoint, 'kernel', 'install', '--user'], env=env,
                              capture_output=True, text=True, check=False)
        if made.returncode != 0:
            print('1..0 # SKIP ' + made.stderr.strip().replace('\n', ' '))
            return 0
        status = subprocess.run([python, '-B', HERE / 'points.py', group, *names], env=env,
                                cwd=folder, check=False).returncode
        for report in place.glob('asan.*'):
            print('\n'.join('# ' + line for line in report.read_text().splitlines()[:40]))
            print('Bail out! a sanitizer found something')
            status = 1
        return status


if __name__ == '__main__':
    sys.exit(main())
