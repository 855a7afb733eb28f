// Preloaded into children that do not watch their parent themselves: when the parent is gone, end like on SIGTERM.
if (process.send) {
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
  process.channel?.unref();
}
