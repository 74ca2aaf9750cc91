import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@runyard/domain';
import { createTemplates } from '@runyard/expressions';
import { requestUrl, shownUrl } from './request-url.ts';

const templates = createTemplates();
function url(template: string, params: JsonObject = {}, query: Record<string, string | number | boolean> = {}): string {
  return shownUrl(requestUrl(template, query, (text) => templates.render(text, { params })));
}

describe('requestUrl', () => {
  it('puts values into host, port, path and query', () => {
    const params = { host: '10.0.0.1', port: 8443, name: 'Ethernet1/1', q: 'a&b=c#d?e' };
    expect(url('https://{{ params.host }}:{{ params.port }}/if/{{ params.name }}?q={{params.q}}&x=1', params)).toBe(
      'https://10.0.0.1:8443/if/Ethernet1%2F1?q=a%26b%3Dc%23d%3Fe&x=1',
    );
  });

  it('encodes a value once, also with the filter url_encode', () => {
    const params = { q: 'a b/ü%' };
    expect(url('http://h/?q={{ params.q | url_encode }}', params)).toBe('http://h/?q=a+b%2F%C3%BC%25');
    expect(url('http://h/{{ params.q }}', params)).toBe('http://h/a%20b%2F%C3%BC%25');
  });

  it('encodes what is no Unicode', () => {
    expect(url('http://h/{{ params.q }}', { q: 'a\ud800' })).toBe('http://h/a%EF%BF%BD');
  });

  it('leaves a path alone that is marked as raw', () => {
    expect(url('http://h/{{ params.path | raw }}?x', { path: 'a/b?c=d' })).toBe('http://h/a/b?c=d?x');
  });

  it('takes a whole address as value, and a base', () => {
    expect(url('{{ params.url }}', { url: 'http://h/a?b' })).toBe('http://h/a?b');
    expect(url('{{ params.base }}/x/{{ params.id }}', { base: 'http://h/v1', id: '1/2' })).toBe('http://h/v1/x/1%2F2');
  });

  it('puts brackets around an IPv6 address', () => {
    expect(url('http://{{ params.a }}:8080/', { a: 'fd00::1' })).toBe('http://[fd00::1]:8080/');
    expect(url('http://[{{ params.a }}]/', { a: 'fd00::1' })).toBe('http://[fd00::1]/');
  });

  it('adds the query encoded, with rendered values', () => {
    expect(url('http://h/?a=%20', { q: '&x=1' }, { q: '{{ params.q }}', n: 1, 'k&': true })).toBe(
      'http://h/?a=%20&q=%26x%3D1&n=1&k%26=true',
    );
    expect(url('http://h', {}, { n: 1 })).toBe('http://h/?n=1');
  });

  it.each([
    ['http://{{ params.x }}/', 'evil.example/path?'],
    ['http://{{ params.x }}/', 'user@evil.example'],
    ['http://{{ params.x }}/', 'a b'],
    ['http://{{ params.x }}.internal/', 'evil.example#'],
    ['http://h:{{ params.x }}/', '80/x'],
    ['{{ params.x }}', 'http://user:word@h/'],
    ['{{ params.x }}', 'http://h/a\nb'],
    ['{{ params.x }}', 'http:\\\\h\\a'],
    ['{{ params.x }}', 'no address'],
    ['{{ params.x }}', ''],
    ['http://h/a/{{ params.x }}/b', '..'],
    ['http://h/a/{{ params.x }}', '%2e%2E'],
    ['http://h/a/{{ params.x | raw }}', 'b/../../admin'],
    ['http://h/{% if true %}x{% endif %}', ''],
    ['http://{{ params.missing }}/', ''],
  ])('refuses %s with %j', (template, x) => {
    expect(() => url(template, { x })).toThrow(expect.objectContaining({ code: 'TEMPLATE_INVALID' }));
  });

  it.each(['file:///etc/passwd', 'ftp://h/', 'gopher://h/', 'data:text/plain,x', 'javascript:1', 'unix:/run/x'])(
    'refuses the scheme of %s',
    (x) => {
      expect(() => url('{{ params.x }}', { x })).toThrow(expect.objectContaining({ code: 'ADDRESS_FORBIDDEN' }));
    },
  );

  it('shows no user info', () => {
    expect(() => url('{{ params.x }}', { x: 'http://user:pass-word@h/' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('pass-word') }),
    );
  });
});
