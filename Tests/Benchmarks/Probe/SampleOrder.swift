internal import Messages

/// The message of about 1 KB with 25 fields and 16 messages within that is measured.
enum SampleOrder {
  static let value = ProbeV1.Order(
    id: "ord_01HZX3P8Q",
    customerId: "cus_9F2KQ7",
    email: "li.wei@example.org",
    currency: "CNY",
    status: .red,
    createdMs: 1_772_415_000_123,
    updatedMs: 1_772_415_900_456,
    version: 7,
    taxRate: 0.13,
    subtotal: 123_450,
    total: 139_498,
    paid: true,
    shipped: true,
    shipName: "Li Wei",
    shipStreet: "100 Zhongshan Road, Building 3",
    shipCity: "Nanjing",
    shipZip: "210000",
    shipCountry: "CN",
    note: "Leave with the porter, please ring twice before entering",
    signature: [UInt8](repeating: 7, count: 64),
    adjustment: -5,
    trace: 0x1234_5678_9ABC_DEF0,
    lines: (0..<8).map { number in
      ProbeV1.Order.Line(
        sku: "SKU-0000\(number)",
        title: "Stamped form, line \(number), A4",
        quantity: UInt32(number + 1),
        cents: 1_999,
        gift: number % 2 == 0
      )
    },
    events: (0..<4).map { number in
      ProbeV1.Order.Event(
        kind: "status.changed.\(number)",
        atMs: 1_772_415_000_123,
        actor: "clerk-\(number)@hall"
      )
    },
    tags: (0..<4).map { number in
      ProbeV1.Order.Tag(key: "key-\(number)", value: "value-\(number)")
    }
  )
}
