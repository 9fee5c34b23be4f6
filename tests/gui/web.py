# SPDX-License-Identifier: Apache-2.0
"""The workbench in a browser: the server answers, a browser shows the window, and the server
ends with the program. Prints TAP."""

import pathlib
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import drive

BLANK = 12000  # bytes: a picture of nothing is smaller


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status
    except (urllib.error.URLError, OSError):
        return 0


def picture(tap, address, pictures):
    browser = shutil.which('chromium') or shutil.which('google-chrome')
    if not browser:
        tap.ok(True, 'a browser shows the window # SKIP no Chromium')
        return
    out = pathlib.Path(pictures) / 'web.png'
    out.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run([browser, '--headless=new', '--no-sandbox', '--disable-gpu',
                    '--window-size=1360,840', '--virtual-time-budget=8000',
                    f'--screenshot={out}', address], check=False, timeout=90,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    size = out.stat().st_size if out.exists() else 0
    tap.ok(size > BLANK, 'a browser shows the window', f'{size} bytes')


def main():
    workbench, adjoint, pictures = sys.argv[1:4]
    if not shutil.which('gtk4-broadwayd'):
        print('1..0 # SKIP no gtk4-broadwayd')
        return 0
    tap = drive.Tap()
    with drive.scratch() as folder:
        w = drive.Workbench((workbench, adjoint), folder, pictures)
        process = subprocess.Popen([workbench, '--web=18300'], env=w.environment(),
                                   stdout=subprocess.PIPE, stderr=w.log, text=True)
        address = process.stdout.readline().strip()
        tap.ok(address.startswith('http://127.0.0.1:'), 'the address is printed', address)
        tap.ok(drive.wait_for(lambda: status(address) == 200), 'and answers')
        time.sleep(1)
        picture(tap, address, pictures)
        process.send_signal(signal.SIGKILL)
        process.wait()
        tap.ok(drive.wait_for(lambda: not status(address)), 'the server ends with the program')
        w.end()
    return tap.done()


if __name__ == '__main__':
    sys.exit(main())
