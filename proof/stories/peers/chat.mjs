// The chat widget as a visitor uses it: by its roles and labels.

export class Chat {
  constructor(page) {
    this.page = page
    this.log = page.getByRole('log')
  }

  async open() {
    await this.page.getByRole('button', { name: 'Open chat' }).click()
  }

  async write(text) {
    await this.page.getByLabel('Your message').fill(text)
    await this.page.getByRole('button', { name: 'Send', exact: true }).click()
  }

  /** Presses an offered answer. */
  async choose(label) {
    await this.page.getByRole('group', { name: 'Answers to choose from' }).getByRole('button', { name: label }).click()
  }

  async sees(text, withinMs = 20_000) {
    await this.log.getByText(text).first().waitFor({ timeout: withinMs })
  }

  /** Every line shown, by whom and what. */
  async lines() {
    return this.log.locator('.line').allInnerTexts()
  }
}
