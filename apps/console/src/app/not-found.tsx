import Link from "next/link";

export const metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <main className="alone">
      <h1>There is nothing here</h1>
      <p className="t2">The page does not exist, or it is not yours to see. A tenant that was deleted or renamed is found by searching for it.</p>
      <Link className="btn pri" href="/">
        Go to the overview
      </Link>
    </main>
  );
}
