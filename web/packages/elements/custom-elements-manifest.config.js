// What is not described is not for others: state of our own, and what only looks like an event.
const described = (list) => list?.filter(({ description }) => description);

export default {
  globs: ['src/**/*.ts'],
  outdir: 'dist',
  litelement: true,
  packagejson: false,
  plugins: [
    {
      name: 'described',
      packageLinkPhase({ customElementsManifest }) {
        for (const { declarations = [] } of customElementsManifest.modules) {
          for (const d of declarations.filter((d) => d.tagName)) {
            Object.assign(d, { attributes: described(d.attributes), members: described(d.members), events: described(d.events) });
          }
        }
      },
    },
  ],
};
