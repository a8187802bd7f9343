/** The reader at the end of README.txt. Its steps are those of README.txt and of no code of ours. */
export const readmeSketch = `import hashlib, json, struct, sys, xxhash, zstandard

def value(kind, unsigned, b, at):
    size = {1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 8: 8}.get(kind)
    if size: return int.from_bytes(b[at:at + size], 'little', signed=not unsigned), at + size
    if kind in (4, 5): size = 4 * (kind - 3); return struct.unpack('<f' if kind == 4 else '<d', b[at:at + size])[0], at + size
    if kind in (7, 10, 12, 11):
        full = '<BIBBBI' if kind == 11 else '<HBBBBBI'
        return struct.unpack(full, b[at + 1:at + 1 + b[at]].ljust(struct.calcsize(full), b'\\0')), at + 1 + b[at]
    more = {252: 2, 253: 3, 254: 8}.get(b[at], 0)
    size = int.from_bytes(b[at + 1:at + 1 + more], 'little') if more else b[at]
    return b[at + 1 + more:at + 1 + more + size], at + 1 + more + size

backup = 'backups/' + sys.argv[1]
entry = next(t for t in json.load(open(backup + '/manifest.json'))['tables'] if t['name'] == sys.argv[2])
packed = entry.get('packed') or {'key': backup + '/tables/' + entry['id'] + '.json', 'offset': 0, 'length': -1}
with open(packed['key'], 'rb') as f: f.seek(packed['offset']); table = json.loads(f.read(packed['length']))
for fragment in table['fragments']:
    columns, digest = fragment['columns'], 0
    for chunk in fragment['chunks']:
        with open(chunk['segment'], 'rb') as f: f.seek(chunk['offset']); stored = f.read(chunk['length'])
        assert hashlib.sha256(stored).hexdigest() == chunk['sha256'], 'damaged: ' + chunk['segment']
        rows, at = zstandard.ZstdDecompressor().stream_reader(stored, read_across_frames=True).read(), 0
        while at < len(rows):
            row = rows[at + 4:at + 4 + int.from_bytes(rows[at:at + 4], 'little')]
            at, digest, pos, values = at + 4 + len(row), digest + xxhash.xxh3_128_intdigest(row), 1 + (len(columns) + 9) // 8, []
            for i, c in enumerate(columns):
                if row[1 + (i + 2) // 8] >> (i + 2) % 8 & 1: values.append(None); continue
                v, pos = value(c['type'], c['flags'] & 32, row, pos); values.append(v)
            print(values)
    assert '%032x' % (digest % 2**128) == fragment['digest'], 'rows differ from the backup'
`;
