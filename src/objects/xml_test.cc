#include "objects/xml.h"

#include <string>

#include "gtest/gtest.h"

#include "base/status.h"

namespace datahaul {
namespace {

TEST(Xml, ReadsElementsAndTheirText) {
  const auto root = ParseXml(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<List xmlns=\"http://x/\"><Key>a &amp; &#228;</Key><Key>b</Key>"
      "<Empty/><Inner><Size>5</Size></Inner></List>");
  ASSERT_TRUE(root.ok()) << root.status();
  EXPECT_EQ(root->name, "List");
  ASSERT_EQ(root->children.size(), 4u);
  EXPECT_EQ(root->children[0].text, "a & \xc3\xa4");
  EXPECT_EQ(root->TextOf("Key"), "a & \xc3\xa4");
  EXPECT_EQ(root->TextOf("Empty"), "");
  EXPECT_EQ(root->TextOf("None"), "");
  EXPECT_EQ(root->Find("None"), nullptr);
  EXPECT_EQ(root->Find("Inner")->TextOf("Size"), "5");
}

TEST(Xml, RefusesWhatIsNotWhole) {
  for (const char* bad : {"", "text", "<a>", "<a></b>", "<a/><b/>", "<a>&unknown;</a>", "<a>\xff</a>"}) {
    EXPECT_EQ(ParseXml(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
}

TEST(Xml, RefusesDocumentTypesAndDepth) {
  EXPECT_FALSE(ParseXml("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>").ok());
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<a>";
  for (int i = 0; i < 10'000; ++i) deep += "</a>";
  EXPECT_FALSE(ParseXml(deep).ok());
}

TEST(Xml, EscapesText) { EXPECT_EQ(ParseXml("<a>" + XmlText("<&>\"'") + "</a>")->text, "<&>\"'"); }

}  // namespace
}  // namespace datahaul
