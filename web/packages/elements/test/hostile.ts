/** Strings that have hurt somebody, for every field that holds text. */
export const hostileText: readonly string[] = [
  '<script>hurt()</script>', '<img src=x onerror=hurt()>', '"><svg onload=hurt()>', "'-hurt()-'", '${hurt()}', '{{hurt()}}', '<!--', ']]>',
  '</title><script>hurt()</script>', '<iframe srcdoc="<script>parent.hurt()</script>">', '<a href="javascript:hurt()">x</a>', '<style>*{display:none}</style>',
  '<base href="https://evil.invalid/">', '<meta http-equiv=refresh content="0;url=https://evil.invalid">', '<template><script>hurt()</script></template>',
  '&lt;script&gt;', '\u202egnp.exe', '\u200b\u200b', '\ufeffx', 'a\u0301'.repeat(60), '👩‍👩‍👧‍👦'.repeat(20), 'W'.repeat(200), '%s%n%x', '?lit$123$', '<!--?lit$1$-->',
  '__proto__', 'constructor', '{"a":1}',
];

/** Addresses that must never be followed or loaded. */
export const hostileUrls: readonly string[] = [
  'javascript:hurt()', 'JaVaScRiPt:hurt()', ' javascript:hurt()', 'java\nscript:hurt()', 'java\tscript:hurt()', '\u0001javascript:hurt()', 'javascript://x%0ahurt()',
  'data:text/html,<script>hurt()</script>', 'vbscript:hurt()', 'blob:https://x/1', 'file:///etc/passwd', 'ftp://x/', 'about:blank', 'filesystem:https://x/',
  '//evil.invalid', '/\\evil.invalid', '\\\\evil.invalid', '/\t/evil.invalid', 'https:evil.invalid', 'http:\\\\evil.invalid', 'view-source:https://x', 'relative', '',
  'https://', 'https://[', 'https://x y/',
];
