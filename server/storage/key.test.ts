import { describe, expect, it } from 'vitest';
import { badKeys } from './bad-keys-fixture.ts';
import { checkKey, checkPrefix } from './key.ts';

describe('object keys', () => {
  it.each(badKeys)('refuse %j', (key) => {
    expect(() => checkKey(key)).toThrowError(expect.objectContaining({ code: 'destination/bad-key' }));
  });

  it.each(['repo.json', 'segments/1f/01jabc-000001.seg', `a/${'x'.repeat(255)}`, 'ü/§ 2.json'])('allow %j', (key) => {
    expect(() => checkKey(key)).not.toThrow();
  });

  it('allow a prefix that ends in the middle of a name, at a folder, or nowhere', () => {
    for (const prefix of ['', 'backups/', 'segments/1f/01jabc-']) expect(() => checkPrefix(prefix)).not.toThrow();
  });

  it('refuse a prefix that climbs out', () => {
    for (const prefix of ['../', '/', 'a//', '.tmp/']) {
      expect(() => checkPrefix(prefix)).toThrowError(expect.objectContaining({ code: 'destination/bad-key' }));
    }
  });
});
