/** The console was not told where failures are counted. @param of what addresses may be locked out of: `acme`, `tenants` */
export function NoStore({ of }: { of: string }) {
  return (
    <div className="state">
      <h3>This console does not know where failures are counted</h3>
      <p className="t2">
        Addresses may be locked out of {of} all the same. Give the console the address of the store that its nodes use (
        <code>SALLYPORT_STATE_URL</code>), and start it again. Without a store each node counts by itself, and only its own <code>/metrics</code> says
        how many it keeps out.
      </p>
    </div>
  );
}
