#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes small well-formed files for the fuzzer of readers: seeds.py FOLDER

The first byte of each is the fuzzer's own, the number of a reader: 0 idx, 1 safetensors, 2 npy,
3 npz, 4 ONNX.
"""
import gzip
import io
import json
import pathlib
import struct
import sys
import zipfile


def safetensors(tensors):
    """A file with tensors given as name: (dtype, shape, bytes)."""
    header, data = {'__metadata__': {'format': 'pt'}}, b''
    for name, (dtype, shape, values) in tensors.items():
        header[name] = {'dtype': dtype, 'shape': shape,
                        'data_offsets': [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b' ' * (-len(text) % 8)
    return struct.pack('<Q', len(text)) + text + data


def idx(kind, shape, values):
    return struct.pack(f'>BBBB{len(shape)}I', 0, 0, kind, len(shape), *shape) + values


def npy(kind, shape, values):
    text = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117) + '\n'
    return b'\x93NUMPY\1\0' + struct.pack('<H', len(text)) + text.encode() + values


def npz(method):
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w', method) as archive:
        archive.writestr('x.npy', npy('<i2', (3,), bytes(6)))
        archive.writestr('y.npy', npy('<f8', (1, 2), bytes(16)))
    return file.getvalue()


def field(number, content):
    """A field of a protobuf message: an integer, a text, or a message as bytes."""
    def varint(n):
        return bytes([n & 127 | 128]) + varint(n >> 7) if n > 127 else bytes([n])
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def onnx():
    """y = x w, then If: graphs within graphs."""
    w = field(1, 2) + field(1, 2) + field(2, 1) + field(8, 'net.w') + field(9, bytes(16))
    product = field(1, 'x') + field(1, 'net.w') + field(2, 'y') + field(4, 'MatMul')
    branch = field(1, field(1, 'y') + field(2, 'b') + field(4, 'Relu')) + field(2, 'g')
    branch += field(12, field(1, 'b'))
    choice = field(1, 'c') + field(2, 'z') + field(4, 'If')
    for name in 'then_branch', 'else_branch':
        choice += field(5, field(1, name) + field(20, 5) + field(6, branch))
    graph = field(1, product) + field(1, choice) + field(2, 'forward') + field(5, w)
    graph += field(11, field(1, 'x')) + field(11, field(1, 'c')) + field(12, field(1, 'z'))
    return field(1, 8) + field(8, field(1, '') + field(2, 17)) + field(7, graph)


def main():
    folder = pathlib.Path(sys.argv[1])
    linear = safetensors({'0.weight': ('F32', [2, 3], bytes(24)),
                          '0.bias': ('F32', [2], bytes(8))})
    sizes = {'F64': 8, 'F16': 2, 'BF16': 2, 'I64': 8, 'U8': 1, 'BOOL': 1}
    types = safetensors({name: (name, [1], bytes(size)) for name, size in sizes.items()})
    images = idx(8, [2, 3, 3], bytes(range(18)))
    floats = idx(13, [2], struct.pack('>2f', 1, -1))
    for name, content in {
        'safetensors-linear': linear, 'safetensors-types': types,
        'idx-images': images, 'idx-floats': floats, 'idx-gzip': gzip.compress(images, mtime=0),
        'npy-floats': npy('<f4', (2, 2), bytes(16)),
        'npz-stored': npz(zipfile.ZIP_STORED), 'npz-deflated': npz(zipfile.ZIP_DEFLATED),
        'onnx-if': onnx(),
    }.items():
        (folder / name).write_bytes(content)


if __name__ == '__main__':
    main()
