import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { adoptToken } from "./api/client";
import { follow } from "./api/live";
import { makeClient } from "./api/queries";
import { App } from "./app/app";
import { rememberScroll } from "./router/scroll";
import { startTheme } from "./ui/theme";
import "./styles/index.css";

adoptToken();
startTheme();
rememberScroll();
const client = makeClient();
follow(client);

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
