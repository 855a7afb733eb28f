// What failed, named once more at the end of a run: its output is long, and is often seen only from its end.

const CONTROL = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** The first lines of a message, without colours, indented under the test's name. */
const brief = (message, lines = 6) =>
  message
    .replace(CONTROL, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, lines)
    .map((line) => `      ${line.slice(0, 240)}`)
    .join("\n");

const entry = (file, name, message) => `  ${file} › ${name}${message ? `\n${brief(message)}` : ""}`;

/**
 * @param report what vitest's JSON reporter wrote
 * @param {string} root from which files are named
 * @returns {string[]} one entry a failed test, and one a file that could not be run
 */
export function failuresOfVitest(report, root) {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = name.startsWith(`${root}/`) ? name.slice(root.length + 1) : name;
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length > 0) return failed.map((test) => entry(file, test.fullName, test.failureMessages.join("\n")));
    return status === "failed" ? [entry(file, "the file could not be run", message)] : [];
  });
}

/**
 * @param report what Playwright's JSON reporter wrote
 * @returns {string[]} one entry a failed test, and one an error outside of any
 */
export function failuresOfPlaywright(report) {
  const below = (suite) => [
    ...(suite.specs ?? [])
      .filter(({ ok }) => !ok)
      .map((spec) => entry(`${spec.file}:${spec.line}`, spec.title, spec.tests.at(-1)?.results.at(-1)?.error?.message)),
    ...(suite.suites ?? []).flatMap(below),
  ];
  return [...report.suites.flatMap(below), ...report.errors.map(({ message }) => entry("playwright", "outside of the tests", message))];
}
