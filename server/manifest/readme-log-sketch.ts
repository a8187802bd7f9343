/** The reader in README.txt, "LOG ARCHIVE". Its steps are those of README.txt and of no code of ours. */
export const readmeLogSketch = `import struct, sys, zlib, zstandard

def streams(path):
    data, at, found = open(path, 'rb').read(), 16, {}
    while len(data) - at > 16:
        stream, n, raw, crc = struct.unpack_from('<IIII', data, at)
        assert zlib.crc32(data[at:at + 12]) == crc, 'damaged: ' + path
        found.setdefault(stream, []).append(zstandard.ZstdDecompressor().decompress(data[at + 16:at + 16 + n]))
        at += 16 + n
    return {stream: b''.join(frames) for stream, frames in found.items()}

out, checksums = None, False
for path in sys.argv[1:]:
    found, at, used = streams(path), 0, {}
    header = found.get(0, b'')
    while at < len(header):
        tag, at = header[at], at + 1
        if tag == 3:
            position, n = struct.unpack_from('<QH', header, at)
            out, at = open(header[at + 10:at + 10 + n].decode(), 'ab'), at + 10 + n
            if position == 0: out.write(bytes.fromhex('fe62696e'))
        elif tag == 4: at += 8
        elif tag == 5:
            event = header[at + 4:at + 4 + struct.unpack_from('<I', header, at)[0]]
            at += 4 + len(event)
            if event[4] == 15: checksums = event[-5] == 1
        elif tag == 6:
            at += 4
            for _ in range(2): at += 2 + struct.unpack_from('<H', header, at)[0]
        else:
            stream, n = struct.unpack_from('<IH', header, at) if tag == 2 else (0, 0)
            at += 6 if tag == 2 else 0
            length = struct.unpack_from('<I', header, at + 9)[0]
            summed = checksums and header[at + 4] != 15
            stored = length - (4 if summed else 0)
            event = header[at:at + (n if tag == 2 else stored)]
            at += len(event)
            if tag == 2:
                begin = used.get(stream, 0)
                used[stream] = begin + stored - n
                event += found.get(stream, b'')[begin:used[stream]]
            if event[4] == 15: checksums = event[-5] == 1
            out.write(event + (struct.pack('<I', zlib.crc32(event)) if summed else b''))
`;
