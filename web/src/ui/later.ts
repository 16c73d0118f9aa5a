import { lazy, type ComponentType } from "react";
import { unreachable } from "@/api/client";

/** A component whose code comes with its first use. Where nobody serves it any more, the page says so as of an answer. */
export const later = <P>(load: () => Promise<ComponentType<P>>) =>
  lazy(() => load().then((part) => ({ default: part }), () => Promise.reject(unreachable())));
