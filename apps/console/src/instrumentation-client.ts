import { watchBack } from "@/components/leaving/back-gate";

// Runs before the router of the page starts to listen.
watchBack();
