/** Strings that have hurt somebody, for every field. */
export const hostileText: readonly string[] = [
  // markup and scripts
  '<script>hurt()</script>', '<img src=x onerror=hurt()>', '"><svg onload=hurt()>', "'-hurt()-'", '</title><script>hurt()</script>', '</style><script>hurt()</script>',
  '<iframe srcdoc="<script>parent.hurt()</script>">', '<a href="javascript:hurt()">x</a>', '<style>*{display:none}</style>', '<base href="https://evil.invalid/">',
  '<meta http-equiv=refresh content="0;url=https://evil.invalid">', '<template><script>hurt()</script></template>', '<math><mtext><img src=x onerror=hurt()></mtext></math>',
  '<details open ontoggle=hurt()>', '<x contenteditable onfocus=hurt() autofocus>', '<form action="https://evil.invalid"><button>x', '<object data="javascript:hurt()">',
  '<link rel=stylesheet href="https://evil.invalid/x.css">', '<svg><animate onbegin=hurt() attributeName=x dur=1s>', '" onmouseover="hurt()" x="', '` onmouseover=hurt()', '&lt;script&gt;hurt()&lt;/script&gt;',
  // templates
  '${hurt()}', '{{hurt()}}', '{{constructor.constructor("hurt()")()}}', '<%= hurt() %>', '#{hurt()}', '?lit$123$', '<!--?lit$1$-->', '<!--', '-->', ']]>', '{n}', '%s%n%x',
  // text that is not what it looks like
  '\u202egnp.exe', '\u2066\u2069\u061c', '\u200b\u200b', '\ufeffx', '\u0000x', '\ud800', 'a\u0301'.repeat(60), '👩‍👩‍👧‍👦'.repeat(20), 'W'.repeat(200), '\n\r\n\t', ' ',
  // names that programs know
  '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'body-0', 'panel', '{"a":1}', 'null', '0', "'; DROP TABLE notifications; --",
];

/** Addresses that must never be followed or loaded. */
export const hostileUrls: readonly string[] = [
  'javascript:hurt()', 'JaVaScRiPt:hurt()', ' javascript:hurt()', 'java\nscript:hurt()', 'java\tscript:hurt()', '\u0001javascript:hurt()', 'javascript://x%0ahurt()',
  'data:text/html,<script>hurt()</script>', 'vbscript:hurt()', 'blob:https://x/1', 'file:///etc/passwd', 'ftp://x/', 'about:blank', 'filesystem:https://x/',
  '//evil.invalid', '/\\evil.invalid', '\\\\evil.invalid', '/\t/evil.invalid', 'https:evil.invalid', 'http:\\\\evil.invalid', 'view-source:https://x', 'relative', '',
  'https://', 'https://[', 'https://x y/', 'data:image/svg+xml,<svg onload=hurt()>', 'mailto:x@evil.invalid', 'intent://evil.invalid#Intent;end', '../up', '?x', '#x',
];
