// Preloaded into a process that is measured (with --expose-gc): tells its memory when asked.
process.on("message", (message) => {
  if (message !== "memory") return;
  const { rss } = process.memoryUsage();
  const collect = /** @type {{ gc?: () => void }} */ (globalThis).gc;
  // Twice: what the first run finalises, the second frees.
  collect?.();
  collect?.();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.({ rss, heapUsed, external });
});
process.channel?.unref();
