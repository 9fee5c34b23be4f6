#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes shell completions and the manual page from the rows of options.def.

    mkoptions.py options.def adjoint.1.in version folder

writes adjoint.bash, _adjoint (zsh), adjoint.fish and adjoint.1 into the folder.
"""
import pathlib
import re
import sys

ROW = re.compile(r'''^OPTION\('(\w)',\s*"([\w-]+)",\s*(?:"(\w+)"|NULL),\s*"(.*)"\)\s*$''', re.M)

BASH = '''\
# Completion of adjoint's command line in bash.
_adjoint() {{
    local word=${{COMP_WORDS[COMP_CWORD]}}
    case ${{COMP_WORDS[COMP_CWORD - 1]}} in
        {taking}) return ;;
    esac
    case $word in
        -*) mapfile -t COMPREPLY < <(compgen -W '{words}' -- "$word") ;;
        *)
            mapfile -t COMPREPLY < <(compgen -f -X '!*.@(adj|py)' -- "$word"
                compgen -d -- "$word")
            ;;
    esac
}}
complete -o filenames -F _adjoint adjoint
'''

ZSH = '''\
#compdef adjoint
# Completion of adjoint's command line in zsh.
_arguments -s \\
{options}
    '1:script:_files -g "*.(adj|py)"' \\
    '*:argument:_files'
'''

FISH = '''\
# Completion of adjoint's command line in fish.
complete -c adjoint -k -xa "(__fish_complete_suffix .adj .py)"
{options}
'''


def bash(rows):
    taking = [word for letter, name, argument, _ in rows if argument
              for word in (f'-{letter}', f'--{name}')]
    return BASH.format(taking=' | '.join(taking),
                       words=' '.join(f'-{letter} --{name}' for letter, name, *_ in rows))


def zsh(rows):
    lines = []
    for letter, name, argument, text in rows:
        text = text.replace("'", "'\\''").replace('[', '\\[').replace(']', '\\]')
        takes = f':{argument.lower()}: ' if argument else ''
        lines.append(f"    '(-{letter} --{name})'{{-{letter},--{name}}}'[{text}]{takes}' \\")
    return ZSH.format(options='\n'.join(lines))


def fish(rows):
    return FISH.format(options='\n'.join(
        f"complete -c adjoint -s {letter} -l {name}{' -r' if argument else ''} -d '{text}'"
        for letter, name, argument, text in rows))


def manual(template, rows, version):
    options = []
    for letter, name, argument, text in rows:
        takes = f' \\fI{argument}\\fR' if argument else ''
        sentence = text[0].upper() + text[1:] + '.'
        options.append(f'.TP\n\\fB\\-{letter}\\fR, \\fB\\-\\-{name}\\fR{takes}\n{sentence}')
    return template.replace('@OPTIONS@', '\n'.join(options)).replace('@VERSION@', version)


def main():
    table, template, version, folder = sys.argv[1:]
    rows = ROW.findall(pathlib.Path(table).read_text())
    declared = len(re.findall(r'^OPTION\(', pathlib.Path(table).read_text(), re.M))
    if not rows or len(rows) != declared:
        sys.exit(f'mkoptions: {declared} rows in {table}, {len(rows)} of them understood')
    out = pathlib.Path(folder)
    (out / 'adjoint.bash').write_text(bash(rows))
    (out / '_adjoint').write_text(zsh(rows))
    (out / 'adjoint.fish').write_text(fish(rows))
    (out / 'adjoint.1').write_text(manual(pathlib.Path(template).read_text(), rows, version))


if __name__ == '__main__':
    main()
