/* Leaves at once, and without this page behind the back button. */
document.getElementById("leave").onclick = (event) => {
  event.preventDefault();
  location.replace(event.currentTarget.href);
};
