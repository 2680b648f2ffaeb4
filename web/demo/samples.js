// What the buttons send.

const samples = {
  info: [
    (by) => ({ type: "mention", title: `${by} mentioned you in Roadmap`, body: "“Could you own the launch checklist?”", actor: { name: by } }),
    (by) => ({ type: "comment", title: `${by} commented on Pricing page`, body: "The annual toggle should be on by default, don't you think?", actor: { name: by } }),
    () => ({ type: "calendar", title: "Design review in 10 minutes", body: "Room Aurora, or join from where you are.", actions: [{ id: "join", label: "Join", style: "primary" }] }),
  ],
  success: [
    () => ({ type: "deploy", title: "web was deployed to production", body: "42 commits, 3 min 12 s, no errors since." }),
    () => ({ type: "invoice.paid", title: "Invoice 2043 was paid", body: "Northwind Traders, € 1,249.00" }),
    (by) => ({ type: "review", title: `${by} approved your pull request`, body: "Resume streams by cursor", actor: { name: by } }),
  ],
  warning: [
    () => ({ type: "disk", title: "Disk at 91 % on db-2", body: "At this pace it is full on Thursday." }),
    () => ({ type: "quota", title: "80 % of this month's e-mails are sent", body: "8,012 of 10,000, with eleven days to go." }),
    () => ({ type: "login", title: "New sign-in from Lisbon", body: "Firefox on Linux, a device we have not seen before.", actions: [{ id: "yes", label: "It was me" }, { id: "no", label: "Secure account", style: "danger" }] }),
  ],
  error: [
    () => ({ type: "build", title: "Build 1187 failed on main", body: "TestCheckout_Total: got 49.00, want 49.90", actions: [{ id: "log", label: "Open log", style: "primary" }] }),
    () => ({ type: "payment", title: "A payment was declined", body: "Card ending in 4242, order 1042. The customer was told." }),
    () => ({ type: "incident", title: "Checkout answers slowly", body: "p99 above 2 s for 5 minutes. On call: Priya Raman.", priority: "urgent" }),
  ],
};
const next = { info: 0, success: 0, warning: 0, error: 0 };

/** A notification of this level, another one each time. */
export function sample(level, by) {
  const list = samples[level];
  return { level, ...list[next[level]++ % list.length](by) };
}
