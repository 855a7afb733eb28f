import { CodeBlock } from "@/ui/code-block";
import { RoomHead } from "@/ui/page-head";

/** The console was not told where sessions are: says so, and how it is told. */
export function NoStateStore({ slug }: { slug: string }) {
  return (
    <section className="room">
      <RoomHead title="Sessions" />
      <div className="state">
        <h3>This console does not know where sessions are kept</h3>
        <p className="t2">
          People of {slug} may be signed in all the same. Give the console the address of the store that its nodes use, and start it again.
        </p>
      </div>
      <CodeBlock
        title="environment of the console"
        text={"# the same as at the nodes; or SALLYPORT_STATE_URL_FILE\nSALLYPORT_STATE_URL=redis://redis.example.com:6379/0"}
      />
    </section>
  );
}
