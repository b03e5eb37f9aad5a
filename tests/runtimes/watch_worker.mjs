/** workerd says nothing of a rejection that nothing handles: here it does, so that the watch notices. */
addEventListener("unhandledrejection", ({ reason }) => console.error("Uncaught (in promise)", reason));
